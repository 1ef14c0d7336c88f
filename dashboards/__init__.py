"""Grafana for care monitoring staff, as code: what `dashboards/generated` holds is built here.

`boards` has one module a dashboard; `panels` and `queries` are what they are made of; `board` puts one together;
`generate` writes the files; `publish` brings them to a Grafana. Nothing of the gateway is used but the store's schema.
"""
