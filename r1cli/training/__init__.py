"""What the training stages share: models, and TRL."""
