wg show
