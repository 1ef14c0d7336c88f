"""The pages for installers, families and care workers, and the JSON API behind them.

A folder for each of the people: installer, family, staff, admin; signin for all. Every route is in a literal table of
its folder with the roles that may use it, and gateway.web.application builds the whole from them.
"""
