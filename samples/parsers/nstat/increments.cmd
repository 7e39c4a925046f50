nstat
