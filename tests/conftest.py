"""What tests measure on the way is told at the end."""


def pytest_terminal_summary(terminalreporter):
    """One line for each figure that a test has recorded as a property."""
    for report in terminalreporter.getreports("passed"):
        for name, figures in report.user_properties:
            terminalreporter.write_line(f"{report.nodeid}: {name}: " + ", ".join(f"{x:.0f}" for x in figures))
