crictl pods
