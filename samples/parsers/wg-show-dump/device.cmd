wg show wg0 dump
