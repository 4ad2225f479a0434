"""A server that echoes one connection through wsproto. It prints its port."""
import socket
from wsproto import WSConnection, ConnectionType
from wsproto.events import AcceptConnection, CloseConnection, Message, Ping, Request
from wsproto.extensions import PerMessageDeflate

listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
s, _ = listener.accept()
s.settimeout(20)
ws = WSConnection(ConnectionType.SERVER)
is_open = True
while is_open:
    ws.receive_data(s.recv(65536) or None)
    for event in ws.events():
        if isinstance(event, Request):
            s.sendall(ws.send(AcceptConnection(extensions=[PerMessageDeflate()])))
        elif isinstance(event, Message):
            s.sendall(ws.send(type(event)(event.data, event.frame_finished, event.message_finished)))
        elif isinstance(event, Ping):
            s.sendall(ws.send(event.response()))
        elif isinstance(event, CloseConnection):
            s.sendall(ws.send(event.response()))
            is_open = False
