bridge vlan
