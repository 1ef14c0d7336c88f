"""How good the alerts are: false ones, and how soon a collapse is noticed. See docs/alert-quality.md."""
