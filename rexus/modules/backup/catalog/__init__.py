"""What exists and what happened: manifests, their index, the audit trail, older trees."""
