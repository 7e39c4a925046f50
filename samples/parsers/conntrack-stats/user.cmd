conntrack --stats
