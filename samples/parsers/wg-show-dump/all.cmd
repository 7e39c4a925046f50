wg show all dump
