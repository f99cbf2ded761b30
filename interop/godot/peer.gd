# Servers and clients of Godot's NetworkedMultiplayerENet, driven by arguments, JSON lines on standard output.
#
#   godot3-server -s peer.gd [--serve=PORT:MODE]... [--connect=PORT:MODE]... [--name=value]...
#
# MODE is Godot's number of the compression mode. A server sends each packet back to whom it came from. A client sends
# --messages packets of 1 to --size bytes in the transfer mode --transfer (reliable, ordered or unreliable), at most 16
# unanswered, checks their echoes and disconnects; with --probe it only sends two reliable packets of 8 and 600 bytes.
extends SceneTree

const MODES = {
	"reliable": NetworkedMultiplayerPeer.TRANSFER_MODE_RELIABLE,
	"ordered": NetworkedMultiplayerPeer.TRANSFER_MODE_UNRELIABLE_ORDERED,
	"unreliable": NetworkedMultiplayerPeer.TRANSFER_MODE_UNRELIABLE
}
const WINDOW = 16
const PATIENCE_MS = 8000

class Endpoint:
	var index
	var enet = NetworkedMultiplayerENet.new()
	var options
	var is_server
	var sent = []
	var received = 0
	var mismatched = 0
	var is_done = false
	var is_probed = false
	var last_progress = OS.get_ticks_msec()
	var random = RandomNumberGenerator.new()

	func say(event, fields = {}):
		fields["event"] = event
		fields["endpoint"] = index
		print(JSON.print(fields))

	func open(place):
		var port = int(place.split(":")[0])
		enet.compression_mode = int(place.split(":")[1])
		random.seed = index + 1
		enet.connect("peer_connected", self, "_peer_connected")
		enet.connect("peer_disconnected", self, "_peer_disconnected")
		enet.connect("connection_succeeded", self, "_connected")
		enet.connect("connection_failed", self, "_ended")
		enet.connect("server_disconnected", self, "_ended")
		if is_server:
			enet.set_bind_ip("127.0.0.1")
			if enet.create_server(port, 64) == OK:
				say("listening", { "port": port })
		else:
			enet.create_client("127.0.0.1", port)

	# a client learns of the server and, from the server, of other clients
	func _peer_connected(id):
		say("connect", { "id": id })

	func _peer_disconnected(id):
		say("disconnect", { "id": id })

	func _connected():
		say("connected", { "id": enet.get_unique_id() })

	func _ended():
		say("ended")
		is_done = true

	# What a game might send: rows of 16 bytes with a number, coordinates and flags. Every fourth packet is noise.
	func make_packet(number):
		# Godot sends nothing for an empty packet
		var size = 1 + number * 37 % options["size"]
		var buffer = StreamPeerBuffer.new()
		while buffer.get_position() < size:
			if number % 4 == 3:
				buffer.put_32(random.randi())
			else:
				buffer.put_32(number)
				buffer.put_float(20 + (random.randi() % 8) / 8.0)
				buffer.put_float(100)
				buffer.put_32(1)
		var bytes = buffer.data_array
		bytes.resize(size)
		return bytes

	func put(bytes, to, mode):
		enet.set_target_peer(to)
		enet.transfer_mode = mode
		enet.put_packet(bytes)

	func step():
		enet.poll()
		while enet.get_available_packet_count() > 0:
			var from = enet.get_packet_peer()
			var channel = enet.get_packet_channel()
			take(from, channel, enet.get_packet())
		if is_server or is_done:
			return
		if enet.get_connection_status() == NetworkedMultiplayerPeer.CONNECTION_CONNECTED:
			if options["probe"]:
				probe()
			else:
				exchange()

	func take(from, channel, bytes):
		if is_server:
			say("receive", { "id": from, "channel": channel, "length": bytes.size() })
			# channel 1 is Godot's for reliable packets, 2 for all others
			put(bytes, from, MODES["reliable"] if channel == 1 else MODES[options["transfer"]])
			return
		last_progress = OS.get_ticks_msec()
		received += 1
		var at = sent.find(bytes)
		if at == -1 or (options["transfer"] == "reliable" and at != 0):
			mismatched += 1
		else:
			sent.remove(at)

	func exchange():
		var count = received + sent.size()
		while count < options["messages"] and sent.size() < WINDOW:
			var bytes = make_packet(count)
			sent.append(bytes)
			put(bytes, 1, MODES[options["transfer"]])
			count += 1
		var is_late = OS.get_ticks_msec() - last_progress > PATIENCE_MS
		if received >= options["messages"] or mismatched > 0 or is_late:
			say("summary", { "sent": count, "received": received, "mismatched": mismatched, "lost": sent.size(),
				"ok": mismatched == 0 and received == options["messages"] })
			enet.close_connection()
			is_done = true

	func probe():
		if is_probed:
			return
		is_probed = true
		for size in [8, 600]:
			var bytes = PoolByteArray()
			for i in range(size):
				bytes.append(i % 4)
			put(bytes, 1, MODES["reliable"])

func _init():
	var options = { "messages": 10, "size": 64, "transfer": "reliable", "probe": false }
	var endpoints = []
	for argument in OS.get_cmdline_args():
		if not argument.begins_with("--"):
			continue
		var name = argument.substr(2).split("=")[0]
		var value = argument.substr(3 + name.length())
		if name == "serve" or name == "connect":
			var endpoint = Endpoint.new()
			endpoint.index = endpoints.size()
			endpoint.options = options
			endpoint.is_server = name == "serve"
			endpoints.append([endpoint, value])
		elif name in options:
			options[name] = value if name == "transfer" else int(value)
	for entry in endpoints:
		entry[0].open(entry[1])
	var is_busy = true
	while is_busy:
		is_busy = false
		for entry in endpoints:
			entry[0].step()
			is_busy = is_busy or not entry[0].is_done
		OS.delay_usec(300)
	quit()
