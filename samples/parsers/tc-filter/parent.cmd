tc filter show dev pod1
