nstat -az
