<?php
// Run code inside WordPress and print what it returns as JSON. usage: php evaluate.php CODE
require getenv('WORDPRESS_CODE') . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/admin.php';
echo json_encode(eval($argv[1]));
