"""What is put before the standard library of programs with a wrong clock."""
