nstat -jpa
