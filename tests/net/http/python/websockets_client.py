"""A client that speaks through websockets. Its arguments are the URL of a server that echoes, and a certificate to trust."""
import asyncio, ssl, sys, websockets
async def main():
    url, ca = sys.argv[1:3]
    context = ssl.create_default_context(cafile=ca) if ca else None
    for compression in ("deflate", None):
        async with websockets.connect(url, ssl=context, compression=compression, max_size=None, proxy=None) as ws:
            await ws.send("h\u00e4llo")
            assert await ws.recv() == "h\u00e4llo"
            await ws.send(b"\0\xff" * 500000)
            assert await ws.recv() == b"\0\xff" * 500000
            await ws.send(["frag", "men", "ts"])
            assert await ws.recv() == "fragments"
            await asyncio.wait_for(await ws.ping(), 10)
            for n in range(200):
                await ws.send(str(n))
            for n in range(200):
                assert await ws.recv() == str(n)
            await ws.close(4001, "bye")
            assert ws.close_code == 4001, ws.close_code
    print("done")
asyncio.run(main())
