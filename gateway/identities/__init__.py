"""Who may say what on the broker: identities of hubs, certificates, and whether strangers are kept out."""
