"""What a home's own days teach: how each was (days), what is usual (quantiles), and what that is used for (routine)."""
