nstat -ja
