"""From the journal to the time-series store: readings, watch's facts and the gateway's own health."""
