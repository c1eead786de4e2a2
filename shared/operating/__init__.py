"""What an operator needs of a running tier: probes, figures, pulses. Nothing here changes a record."""
