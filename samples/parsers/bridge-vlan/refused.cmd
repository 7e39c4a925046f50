bridge vlan show dev nope
