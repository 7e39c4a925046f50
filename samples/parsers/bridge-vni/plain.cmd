bridge vni show
