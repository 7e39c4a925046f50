bridge vlan tunnelshow
