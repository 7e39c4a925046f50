dig @10.96.0.10 cluster.local SOA +multiline +noall +answer
