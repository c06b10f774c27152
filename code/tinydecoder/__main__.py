"""The command line: python -m tinydecoder train | translate | evaluate | bench.

Nothing heavy is imported before main runs, so that Ctrl-C has an answer from the start.
"""

import io
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command: 0 if it did what was asked, 1 after an error that says why."""
    try:
        try:
            _run(arguments)
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()  # here, where an error in it has an answer
    except BrokenPipeError:  # as after `| head`
        sys.stdout = None
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except (ValueError, OSError, RuntimeError, OverflowError, MemoryError) as error:
        # torch says in the further lines where in its own code it was.
        line, *_ = [*str(error).splitlines(), type(error).__name__]
        print(f"error: {line}", file=sys.stderr)
        if isinstance(error, OSError):
            _forget_stdout()
        return 1
    return 0


def _run(arguments: Sequence[str] | None) -> None:
    options = import_module("tinydecoder.cli.options").parser().parse_args(arguments)
    if sys.stdout is None:
        raise OSError("there is nowhere to write to: the standard output is closed")
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A letter that the terminal or the file cannot hold is written as \u0c95.
        sys.stdout.reconfigure(errors="backslashreplace")
    most = 64  # far more make torch's libraries crash
    if options.threads is not None and not 1 <= options.threads <= most:
        raise ValueError(
            f"--threads must be at least 1 and at most {most}, got {options.threads}"
        )
    commands = import_module("tinydecoder.cli.commands")
    if signal.getsignal(signal.SIGINT) is _stop_at_once:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if options.threads is not None:
        import_module("torch").set_num_threads(options.threads)
    getattr(commands, options.run)(options)


def _forget_stdout() -> None:
    """Where nothing can be written, Python must not try again when it ends."""
    try:
        sys.stdout.flush()
    except (OSError, AttributeError):
        sys.stdout = None


def _stop_at_once(*_: object) -> None:
    """Answers Ctrl-C while modules are loaded: some turn it into errors of their own."""
    os.write(2, b"stopped\n")
    os._exit(130)


if __name__ == "__main__":
    # Not where Ctrl-C is to be ignored, as under nohup.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _stop_at_once)
    sys.exit(main())
