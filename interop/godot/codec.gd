# PoolByteArray.compress() and decompress() on many inputs, from one file to another:
#
#   godot3-server -s codec.gd --input=FILE --output=FILE
#
# A question is: 0 to compress or 1 to decompress, the mode (8 bits each), the room for the result, the length of the
# bytes (32 bits each, little-endian), the bytes. An answer is a length and bytes.
extends SceneTree

func _init():
	var paths = {}
	for argument in OS.get_cmdline_args():
		if argument.begins_with("--") and "=" in argument:
			paths[argument.substr(2).split("=")[0]] = argument.split("=")[1]
	var input = File.new()
	var output = File.new()
	if input.open(paths["input"], File.READ) != OK or output.open(paths["output"], File.WRITE) != OK:
		quit(1)
		return
	while input.get_position() < input.get_len():
		var is_decompression = input.get_8() == 1
		var mode = input.get_8()
		var room = input.get_32()
		var bytes = input.get_buffer(input.get_32())
		var result = bytes.decompress(room, mode) if is_decompression else bytes.compress(mode)
		output.store_32(result.size())
		output.store_buffer(result)
	output.close()
	print("{\"event\":\"done\"}")
	quit()
