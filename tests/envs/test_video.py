"""Video files play, with as many frames as they were given."""

import imageio_ffmpeg
import numpy as np
import pytest

from envs.video import write_video


@pytest.mark.parametrize(("width", "height"), [(64, 48), (63, 47)])
def test_a_video_decodes_to_as_many_frames_as_went_in(tmp_path, width, height):
    path = tmp_path / "videos" / "clip.mp4"
    frames = [np.full((height, width, 3), 40 + 20 * i, np.uint8) for i in range(7)]
    write_video(path, iter(frames), fps=36)
    reader = imageio_ffmpeg.read_frames(path)
    about = next(reader)
    assert about["fps"] == 36
    assert about["codec"] == "h264"
    assert about["pix_fmt"].startswith("yuv420p")
    assert all(side % 2 == 0 for side in about["size"])
    decoded = [np.frombuffer(frame, np.uint8).mean() for frame in reader]
    assert decoded == pytest.approx([40 + 20 * i for i in range(7)], abs=6)


def test_a_video_of_no_frames_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no frames"):
        write_video(tmp_path / "empty.mp4", [], fps=36)
