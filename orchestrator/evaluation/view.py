"""The web viewer: MuJoCo Studio in a browser, served on the loopback address only."""

from contextlib import suppress

from mujoco.studio import app as studio_app
from mujoco.studio import endpoints, launch_thread, viewer_handle, viewer_protocol, web_viewer

from envs.env import TaskEnv
from orchestrator.evaluation.player import EpisodePlayer
from orchestrator.evaluation.rollouts import Agent
from orchestrator.evaluation.scene import viewing_spec

LOOPBACK = "127.0.0.1"


class LoopbackViewer(web_viewer.WebViewer):
    """Studio's web viewer, bound to the loopback address.

    Studio itself binds to every interface, without authentication: whoever reaches the port can take control,
    upload files and read paths.
    """

    @property
    def _host(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        return LOOPBACK

    @_host.setter
    def _host(self, value: str) -> None:
        """Studio's own choice of all interfaces is dropped."""

    def _start_server(self) -> None:
        address = self._http_sock.getsockname()[0]
        if address != LOOPBACK:
            self._http_sock.close()
            raise RuntimeError(f"the viewer was bound to {address}, not to {LOOPBACK}: refusing to serve")
        super()._start_server()


def serve(env: TaskEnv, agent: Agent, *, title: str, port: int = 0, open_browser: bool = False) -> None:
    """Show an agent acting in one world, until the viewer is closed or Ctrl+C.

    Args:
        env: one world, made with `autoreset=False`.
        agent: acts in it.
        title: of the window.
        port: 0 takes the first free one from 8080.
        open_browser: open the page, where there is a display.

    Raises:
        RuntimeError: the port is taken.
    """
    config = viewer_protocol.ViewerConfig(title=title, gfx="web", http_port=port, open_browser=open_browser)

    def run_viewer(endpoint: endpoints.ViewerEndpoint) -> None:
        viewer_protocol.run_viewer_loop(LoopbackViewer(config, endpoint, plugins=[studio_app.App()]))

    scene = viewing_spec(env.task, tuple(env.task.goal_points())).compile()
    player = EpisodePlayer(env, agent)
    # Ctrl+C is how a viewer is left: also in the moments before the loop, which knows it by itself
    with suppress(KeyboardInterrupt), launch_thread.launch_thread(run_viewer, sim_plugins=[player]) as handle:
        handle.set_model(scene)
        viewer_handle.run_sim_loop(handle)
