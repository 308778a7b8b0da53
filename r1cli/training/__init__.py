"""What the training stages share: models, batches, checkpoints, and TRL."""
