wg show wg0
