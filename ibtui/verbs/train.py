"""Verbs that train or show training: the app, replay, batch."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ibtui.errors import UsageError
from ibtui.verbs import completion
from ibtui.verbs.export import Format
from ibtui.verbs.options import RUNS, DataDir, Runs, RunWord, Trust


def open_app(
    profile: Annotated[
        str | None,
        typer.Argument(help="A TOML file, or a shipped name.", autocompletion=completion.profiles),
    ] = None,
    runs: Runs = RUNS,
    data_dir: DataDir = None,
    trust: Trust = False,
) -> None:
    """Open the app, on a profile if one is named."""
    from ibtui import tui
    from ibtui.profile import shipped

    path = shipped.find_profile(profile) if profile else None
    raise typer.Exit(tui.launch(path, runs=runs, data_dir=data_dir, trust=trust))


def replay(
    run: Annotated[
        str | None,
        typer.Argument(
            help="A run's folder or name; without one, the newest run.",
            autocompletion=completion.runs,
        ),
    ] = None,
    runs: Runs = RUNS,
) -> None:
    """Open the app on a saved run, or on one that is still being written."""
    from ibtui import tui
    from ibtui.store import find_run, newest_run

    raise typer.Exit(tui.replay(find_run(run, runs) if run else newest_run(runs), runs=runs))


def batch(
    profiles: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PROFILE",
            help="TOML files, or shipped names.",
            autocompletion=completion.profiles,
        ),
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option(
            metavar="RUN", help="Continue an interrupted run.", autocompletion=completion.runs
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(metavar="N", help="With --resume: to so many, of a finished run too."),
    ] = None,
    go_on: Annotated[
        bool,
        typer.Option("--continue", help="Go on with what is there already, of a sweep or of one."),
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, max=4096, help="Processes here that share the runs.")
    ] = None,
    per_gpu: Annotated[
        int | None, typer.Option(min=1, max=64, help="So many of them on each GPU.")
    ] = None,
    ray: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS|auto", help="Each run a task of this Ray cluster."),
    ] = None,
    cpus_per_run: Annotated[float, typer.Option(min=0.01, help="With --ray: of a task.")] = 1.0,
    gpus_per_run: Annotated[
        float, typer.Option(min=0.0, help="With --ray: of a task; 0.25 puts four on a GPU.")
    ] = 0.0,
    retries: Annotated[
        int, typer.Option(min=0, max=1000, help="With --ray: after a worker's death.")
    ] = 3,
    fetch: Annotated[
        bool, typer.Option("--fetch", help="With --ray: the workers do not share --out.")
    ] = False,
    worker: Annotated[bool, typer.Option("--worker", hidden=True)] = False,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Change a key: training.epochs=100.",
            autocompletion=completion.assignments,
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(envvar="IBTUI_RUNS", help="Folder that gets the runs' folders.")
    ] = Path("runs"),
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda or cuda:N.")] = None,
    replicates: Annotated[int | None, typer.Option(help="Networks trained together.")] = None,
    data_dir: DataDir = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Scale every profile down to minutes: a first look.")
    ] = False,
    trust: Trust = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print only the folders of finished runs.")
    ] = False,
) -> None:
    """Train, measure and save, without the app: every profile in turn, every run of its sweep.

    Any number of processes, on any machines that share the folder, may work on one sweep: each run
    is made once, and what a dead one left is gone on with. After SIGTERM the exit code is 143: the
    run is saved, and the same command goes on with it, as in

        sbatch --array=0-7 --requeue --wrap "ibtui batch sweep.toml --continue --out runs"
    """
    from ibtui.headless.batch import BatchSettings, run_batch, share_batch
    from ibtui.store import find_run

    overrides = list(changes or ())
    if device is not None:
        overrides.append(f"training.device={json.dumps(device)}")
    if replicates is not None:
        overrides.append(f"replicates={replicates}")
    many = workers is not None or per_gpu is not None
    if resume and (overrides or quick or go_on or many or ray):
        raise UsageError("--resume continues a run as it is: leave out --set and what changes it")
    if epochs is not None and not resume:
        raise UsageError("--epochs goes with --resume (of a profile: --set training.epochs=N)")
    settings = BatchSettings(
        out, tuple(overrides), data_dir, quiet, quick, go_on, worker, trust, epochs
    )
    if ray is not None:
        from ibtui.headless.cluster import RaySettings, run_on_ray

        if many:
            raise UsageError(
                "--ray: the cluster shares the runs out: leave out --workers, --per-gpu"
            )
        how = RaySettings(ray, cpus_per_run, gpus_per_run, retries, fetch)
        raise typer.Exit(run_on_ray(profiles or [], settings, how))
    if many:
        raise typer.Exit(share_batch(profiles or [], settings, workers, per_gpu))
    raise typer.Exit(run_batch(profiles or [], find_run(resume, out) if resume else None, settings))


def measure(
    run: RunWord,
    estimator: Annotated[
        list[str],
        typer.Option(
            metavar="NAME[:KEY=VALUE,...]",
            help="For example kde, binning:bins=100.",
            autocompletion=completion.estimators,
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="The new run (default: RUN-measured).")
    ] = None,
    in_place: Annotated[
        bool, typer.Option("--in-place", help="Add the series to the run itself.")
    ] = False,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda or cuda:N.")] = None,
    data_dir: DataDir = None,
    runs: Runs = RUNS,
) -> None:
    """Measure a finished run anew, from the weights that it has kept, by more estimators."""
    from ibtui.headless.measure import measure_run
    from ibtui.store import find_run

    if out and in_place:
        raise UsageError("--out makes a new run, --in-place changes the old one: give one of them")
    folder = find_run(run, runs)
    target = folder if in_place else out or runs / f"{folder.name}-measured"
    measure_run(folder, estimator, target, data_dir=data_dir, device=device)


def reproduce(
    name: Annotated[
        str | None,
        typer.Argument(
            help="An experiment, or one of its profiles.", autocompletion=completion.experiments
        ),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Scale every run down to minutes: a first look.")
    ] = False,
    out: Annotated[
        Path, typer.Option(envvar="IBTUI_RUNS", help="Folder that gets the runs' folders.")
    ] = Path("runs"),
    figures: Annotated[Path, typer.Option(help="Folder that gets the figures.")] = Path("figures"),
    form: Format = "pdf",
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda or cuda:N.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Run an experiment of the papers, draw its figures, and judge the papers' claims by it."""
    from ibtui.headless.reproduce import print_experiments, reproduce_experiment

    if name is None:
        print_experiments()
        return
    from ibtui.headless.batch import BatchSettings

    overrides = () if device is None else (f"training.device={json.dumps(device)}",)
    settings = BatchSettings(out, overrides, data_dir, quick=quick, keep=True)
    raise typer.Exit(reproduce_experiment(name, settings, figures, form))
