"""The other end of a call's audio: a real WebRTC peer, which counts what it hears."""

import asyncio

from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError, VideoStreamTrack


class Peer:
    """One end of one call, which shows a picture with `video`. `frames`: frames of audio that came."""

    def __init__(self, *, video: bool = False) -> None:
        self.frames = 0
        self._heard = asyncio.Condition()
        self._connection = RTCPeerConnection()
        self._connection.addTrack(AudioStreamTrack())
        if video:
            self._connection.addTrack(VideoStreamTrack())
        self._listening: list[asyncio.Task[None]] = []
        self._connection.on("track", self._listen)

    async def offer(self) -> str:
        """Our description of a new call."""
        await self._connection.setLocalDescription(await self._connection.createOffer())
        return self._connection.localDescription.sdp

    async def answered(self, sdp: str) -> None:
        """The other side's answer to our offer."""
        await self._connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))

    async def answer(self, sdp: str) -> str:
        """Our answer to an offer, the first or a later one."""
        await self._connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        await self._connection.setLocalDescription(await self._connection.createAnswer())
        return self._connection.localDescription.sdp

    async def hears(self, more: int, seconds: float = 30) -> None:
        """Wait until so many more frames came; raises `TimeoutError`."""
        wanted = self.frames + more
        async with asyncio.timeout(seconds), self._heard:
            await self._heard.wait_for(lambda: self.frames >= wanted)

    async def close(self) -> None:
        """The call is over."""
        for task in self._listening:
            task.cancel()
        await self._connection.close()

    def _listen(self, track: MediaStreamTrack) -> None:
        self._listening.append(asyncio.create_task(self._count(track)))

    async def _count(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                await track.recv()
                async with self._heard:
                    self.frames += 1
                    self._heard.notify_all()
        except MediaStreamError:
            return  # the track has ended
