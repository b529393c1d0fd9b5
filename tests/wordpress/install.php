<?php
// Install WordPress with an editor's account and print the application password.
// usage: php install.php USER PASSWORD PERMALINKS
[, $user, $password, $permalinks] = $argv;
define('WP_INSTALLING', true);
require getenv('WORDPRESS_CODE') . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('Green Garden', 'admin', 'admin@example.com', false, '', $password);
$id = wp_insert_user(['user_login' => $user, 'user_pass' => $password, 'user_email' => "$user@example.com", 'role' => 'editor']);
update_option('permalink_structure', $permalinks);
update_option('timezone_string', 'Europe/Berlin');
foreach (get_posts(['post_type' => ['post', 'page'], 'post_status' => 'any', 'numberposts' => -1]) as $post) {
    wp_delete_post($post->ID, true);
}
flush_rewrite_rules();
[$secret] = WP_Application_Passwords::create_new_application_password($id, ['name' => 'IGNY8']);
echo $secret;
