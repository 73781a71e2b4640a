"""`python -m orchestrator.cli`: the command line where nobody has installed the project."""

from orchestrator.cli.main import main

raise SystemExit(main())
