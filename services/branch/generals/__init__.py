"""General branches (党总支): what their branches send up waits here for their word."""
