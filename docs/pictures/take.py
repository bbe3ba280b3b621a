#!/usr/bin/env python3
"""Takes pictures of pages by a headless Chromium, as somebody sees them some seconds after opening them.

Usage: docs/pictures/take.py NAME=ADDRESS …    with a Python that has aiohttp, such as the one of tools/install's MLflow
Writes NAME.png beside this file. Needs chromium on PATH.
"""
import asyncio
import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import aiohttp

HERE = pathlib.Path(__file__).resolve().parent
WIDTH, HEIGHT, SECONDS = 1280, 900, 10


async def address_of(profile):
    """Where the browser answers, which it writes into its profile."""
    for _ in range(300):
        try:
            port, path = (pathlib.Path(profile) / "DevToolsActivePort").read_text().split()
            return port
        except (OSError, ValueError):
            await asyncio.sleep(0.1)
    sys.exit("chromium did not start")


async def take(session, port, name, address):
    async with session.put(f"http://127.0.0.1:{port}/json/new") as answer:
        page = await answer.json()
    async with session.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0) as socket:
        number = 0

        async def call(method, **parameters):
            nonlocal number
            number += 1
            await socket.send_json({"id": number, "method": method, "params": parameters})
            while True:
                found = json.loads((await socket.receive()).data)
                if found.get("id") == number:
                    return found["result"]

        await call("Emulation.setDeviceMetricsOverride", width=WIDTH, height=HEIGHT, deviceScaleFactor=1, mobile=False)
        await call("Page.navigate", url=address)
        await asyncio.sleep(SECONDS)  # pages that ask on and on are never done
        picture = await call("Page.captureScreenshot", format="png")
        (HERE / f"{name}.png").write_bytes(base64.b64decode(picture["data"]))
        print(f"{name}.png")


async def main():
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = subprocess.Popen(
            ["chromium", "--headless=new", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-port=0", f"--user-data-dir={profile}", *sandbox],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            port = await address_of(profile)
            async with aiohttp.ClientSession() as session:
                for each in sys.argv[1:]:
                    await take(session, port, *each.split("=", 1))
        finally:
            browser.terminate()
            browser.wait()


if __name__ == "__main__":
    asyncio.run(main())
