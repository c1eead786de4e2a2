"""`python -m deploy` is `sanji`."""

from deploy.cli import main

main()
