nstat -jp
