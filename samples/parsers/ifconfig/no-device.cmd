ifconfig nope0
