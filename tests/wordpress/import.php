<?php
// Import a WXR file as the WordPress importer does (its plugin is not packaged): read it with SimpleXML by the names
// that class-wxr-parser-simplexml.php reads, and write it with WordPress's own functions.
// usage: php import.php FILE; prints the numbers of the posts as JSON
require getenv('WORDPRESS_CODE') . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/admin.php';
require_once ABSPATH . 'wp-admin/includes/image.php';
wp_set_current_user(1); // an administrator, as for the importer

$xml = simplexml_load_file($argv[1]) ?: exit(1);
$spaces = $xml->getDocNamespaces();
$version = (string) $xml->xpath('/rss/channel/wp:wxr_version')[0];
preg_match('/^\d+\.\d+$/', $version) || exit(1);
$new_number = [];
$made = [];
foreach ($xml->channel->item as $item) {
    $wp = $item->children($spaces['wp']);
    $meta = [];
    foreach ($wp->postmeta as $each) {
        $meta[(string) $each->meta_key] = (string) $each->meta_value;
    }
    $values = [
        'post_title' => (string) $item->title,
        'post_content' => (string) $item->children('http://purl.org/rss/1.0/modules/content/')->encoded,
        'post_excerpt' => (string) $item->children($spaces['excerpt'])->encoded,
        'post_name' => (string) $wp->post_name,
        'post_status' => (string) $wp->status,
        'post_type' => (string) $wp->post_type,
        'post_date' => (string) $wp->post_date,
        'post_date_gmt' => (string) $wp->post_date_gmt,
        'guid' => (string) $item->guid,
    ];
    $number = post_exists($values['post_title'], '', $values['post_date'], $values['post_type']);
    if ($number) { // of two with one title and date it takes one
        $values['post_type'] === 'post' && $made[] = $number;
    } elseif ($values['post_type'] === 'attachment') {
        $url = (string) $wp->attachment_url;
        $upload = wp_upload_bits(basename($url), null, file_get_contents($url));
        $values['post_mime_type'] = wp_check_filetype($upload['file'])['type'];
        $number = wp_insert_attachment(wp_slash($values), $upload['file'], 0, true);
        wp_update_attachment_metadata($number, wp_generate_attachment_metadata($number, $upload['file']));
    } else {
        $made[] = $number = wp_insert_post(wp_slash($values), true);
    }
    is_wp_error($number) && exit(1);
    $new_number[(int) $wp->post_id] = $number;
    $terms = [];
    foreach ($item->category as $each) {
        $taxonomy = $each['domain'] == 'tag' ? 'post_tag' : (string) $each['domain'];
        $term = term_exists((string) $each['nicename'], $taxonomy)
            ?: wp_insert_term((string) $each, $taxonomy, ['slug' => (string) $each['nicename']]);
        $terms[$taxonomy][] = (int) $term['term_id'];
    }
    foreach ($terms as $taxonomy => $numbers) {
        wp_set_post_terms($number, $numbers, $taxonomy);
    }
    foreach ($meta as $key => $value) {
        update_post_meta($number, $key, $key === '_thumbnail_id' ? $new_number[(int) $value] : wp_slash($value));
    }
}
echo json_encode($made);
