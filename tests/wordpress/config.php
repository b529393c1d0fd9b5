<?php
// Settings of a WordPress of the tests; its folder and its code are given by the environment.
$folder = getenv('WORDPRESS_FOLDER');
$host = $_SERVER['HTTP_HOST'] ?? '127.0.0.1';
define('WP_HOME', "http://$host"); // it is asked through a proxy as well
define('WP_SITEURL', WP_HOME);
define('WP_CONTENT_DIR', "$folder/wp-content");
define('WP_CONTENT_URL', WP_HOME . '/wp-content');
define('FQDB', "$folder/wordpress.sqlite"); // the SQLite drop-in's name for its file
define('FQDBDIR', "$folder/");
define('DB_NAME', 'wordpress');
define('WP_ENVIRONMENT_TYPE', 'local'); // takes application passwords over http
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_DEBUG', false);
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $name) {
    define("{$name}_KEY", "only for the tests $name");
    define("{$name}_SALT", "only for the tests, salt $name");
}
$table_prefix = 'wp_';
require_once ABSPATH . 'wp-settings.php';
