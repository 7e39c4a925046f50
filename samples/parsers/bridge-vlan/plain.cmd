bridge vlan show
