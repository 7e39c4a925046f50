ip -6 route get fd00:244:2::5
