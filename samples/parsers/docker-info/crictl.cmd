crictl info
