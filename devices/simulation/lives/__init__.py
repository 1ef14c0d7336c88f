"""Lives at reading level: many homes for weeks, what their sensors say, and a diary of what truly happened.

Pure and seeded: the same arguments give the same life. Made to judge alerts by, so habits and sensors are drawn from
what is published and recorded, never from the limits of a rule. Unlike devices/simulation/day.py, whose one plausible
day makes good demonstrations, people here sit still, stay away, sleep in and have company, and sensors fail.

Where figures come from, by the letter used beside them:

- (R) the recordings of shared/data. Seated ("Relax", 18.5 h of casas_hh111_week, all sensors, firings within 60 s taken
  as one): 13.9 movements/h, gaps with mean 4.3 min, 95 % within 14 min, 99 % within 25 min: Weibull of shape 0.85.
  Asleep (56 h): 3.7/h, mean 16 min, 95 % within 62 min, greatest 205 min: Weibull of shape 0.65. That home has twenty
  sensors, so one sensor a room sees less. casas_tm000_absence: 15 lone firings in 83.6 h of 22 sensors in an empty
  house, 0.2 a sensor and day. homeassistant_pt: movement held for 120 s; up between 06:14 and 10:22.
- (L) Lukacz 2009, 4,061 women: the bathroom every 3 to 4 h by day, every 2 h or more often for 27 %; by night 72 % go
  at all and 33 % twice or more. NHANES 2009-2014: 82 % of those above 65 go by night.
- (Y) Yerrakalva 2017, EPIC-Norfolk, 3,705 people above 60: more than half of each waking hour is spent seated, 83 % in
  the evening; a third of it in bouts below 10 min. (B) Bellettiere 2015, 307 people of 84 years: bouts above 60, 90
  and 120 min occur daily in some.
- (D) Davis 2011, 214 people of 78 years: 9.6 trips a week (SD 4.2). (S) Shen 2017, American Time Use Survey: 68 % of
  those above 75 go out on a given day.
- (A) an assumption of ours, where nothing published was found.
"""
