"""A server that echoes through websockets. Its arguments, if any, are its certificate and the key. It prints its port."""
import asyncio, ssl, sys, websockets

async def echo(ws):
    async for message in ws:
        await ws.send(message)

async def main():
    context = None
    if sys.argv[1:]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*sys.argv[1:])
    async with websockets.serve(echo, "127.0.0.1", 0, ssl=context) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()

asyncio.run(main())
