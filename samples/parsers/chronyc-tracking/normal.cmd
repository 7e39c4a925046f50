chronyc tracking
