# A DTLS peer on Godot 3.2, for interoperation tests.
#
#   godot3-server -s peer.gd server KEY CERTIFICATE
#   godot3-server -s peer.gd client PORT CA HOST MESSAGES
#
# The server asks for cookies and echoes every packet of its first client. The client sends so many packets, waits for the
# echo of each, and closes. Both print one JSON object per line; nothing lasts longer than 20 seconds.
extends SceneTree

const LIMIT = 20000

var start = OS.get_ticks_msec()

func _init():
	var all = OS.get_cmdline_args()
	var args = []
	for i in range(all.size()):
		if all[i] == "server" or all[i] == "client":
			for j in range(i, all.size()):
				args.append(all[j])
			break
	if args.size() == 3 and args[0] == "server":
		serve(args[1], args[2])
	elif args.size() == 5 and args[0] == "client":
		connect_to(int(args[1]), args[2], args[3], int(args[4]))
	else:
		say({"event": "failed", "what": "usage"})
	quit()

func say(line):
	print(to_json(line))

func in_time():
	return OS.get_ticks_msec() - start < LIMIT

func serve(key_file, certificate_file):
	var key = CryptoKey.new()
	var certificate = X509Certificate.new()
	if key.load(key_file) != OK or certificate.load(certificate_file) != OK:
		return say({"event": "failed", "what": "key or certificate"})
	var dtls = DTLSServer.new()
	var udp = UDPServer.new()
	if dtls.setup(key, certificate) != OK:
		return say({"event": "failed", "what": "setup"})
	# Godot does not tell the port that the system chose
	var port = 20000 + OS.get_process_id() % 20000
	while udp.listen(port, "127.0.0.1") != OK:
		port += 1
	say({"event": "listening", "port": port})
	var peer = null
	while in_time():
		udp.poll()
		if udp.is_connection_available():
			# the first hello only gets its cookie
			var candidate = dtls.take_connection(udp.take_connection())
			if candidate.get_status() == PacketPeerDTLS.STATUS_HANDSHAKING:
				peer = candidate
		if peer != null:
			var before = peer.get_status()
			peer.poll()
			var status = peer.get_status()
			if before == PacketPeerDTLS.STATUS_HANDSHAKING and status == PacketPeerDTLS.STATUS_CONNECTED:
				say({"event": "open"})
			if status == PacketPeerDTLS.STATUS_CONNECTED:
				while peer.get_available_packet_count() > 0:
					peer.put_packet(peer.get_packet())
			elif status != PacketPeerDTLS.STATUS_HANDSHAKING:
				say({"event": "closed" if status == PacketPeerDTLS.STATUS_DISCONNECTED else "refused"})
				return say({"event": "done"})
		OS.delay_msec(2)
	say({"event": "failed", "what": "time"})

func connect_to(port, ca_file, host, messages):
	var ca = X509Certificate.new()
	if ca.load(ca_file) != OK:
		return say({"event": "failed", "what": "ca"})
	var udp = PacketPeerUDP.new()
	udp.connect_to_host("127.0.0.1", port)
	var peer = PacketPeerDTLS.new()
	# this begins the handshake, which may already be over when our side is quick
	if peer.connect_to_peer(udp, true, host, ca) != OK:
		return say({"event": "refused", "code": peer.get_status()})
	while peer.get_status() == PacketPeerDTLS.STATUS_HANDSHAKING and in_time():
		peer.poll()
		OS.delay_msec(2)
	if peer.get_status() != PacketPeerDTLS.STATUS_CONNECTED:
		return say({"event": "refused", "code": peer.get_status()})
	say({"event": "open"})
	for i in range(messages):
		var packet = PoolByteArray()
		for j in range(i * 7 + 1):
			packet.append((i + j) % 256)
		peer.put_packet(packet)
		while peer.get_available_packet_count() == 0 and in_time():
			peer.poll()
			OS.delay_msec(1)
		if peer.get_packet() != packet:
			return say({"event": "failed", "what": "another echo"})
	peer.disconnect_from_peer()
	say({"event": "closed"})
	say({"event": "done"})
