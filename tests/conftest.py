"""What a failed test tells where nobody can look into its folder, as in CI: the end of each process's log."""

from collections.abc import Generator

import pytest
from cti_devstack.stack import Stack


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Function) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        for fixture in item.funcargs.values():
            if isinstance(stack := getattr(fixture, "stack", None), Stack):
                report.sections += [(f"the end of {child.log.name}", child.tail()) for child in stack.children]
    return report
