"""A client that speaks through wsproto. Its argument is the port of a WebSocket server that echoes."""
import socket, sys
from wsproto import WSConnection, ConnectionType
from wsproto.events import AcceptConnection, CloseConnection, Ping, Pong, Request, TextMessage
from wsproto.extensions import PerMessageDeflate
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20)
ws = WSConnection(ConnectionType.CLIENT)
def events():
    while True:
        yield from ws.events()
        ws.receive_data(s.recv(65536) or None)
come = events()
s.sendall(ws.send(Request(host="127.0.0.1", target="/", extensions=[PerMessageDeflate()])))
accepted = next(come)
assert isinstance(accepted, AcceptConnection) and accepted.extensions, accepted
s.sendall(ws.send(TextMessage("one ", message_finished=False)) + ws.send(Ping(b"there?")) + ws.send(TextMessage("two")))
pong = next(come)
assert isinstance(pong, Pong) and pong.payload == b"there?", pong
text = ""
while True:
    part = next(come)
    text += part.data
    if part.message_finished:
        break
assert text == "one two", text
s.sendall(ws.send(CloseConnection(1000, "bye")))
closed = next(come)
assert isinstance(closed, CloseConnection) and closed.code == 1000, closed
print("done")
