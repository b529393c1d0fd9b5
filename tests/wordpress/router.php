<?php
// Serve WordPress with PHP's own web server: its files, those of the installation, or its front page.
$path = rawurldecode(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH) ?: '/');
$root = $_SERVER['DOCUMENT_ROOT'];
if (str_starts_with($path, '/wp-content/') && !str_contains($path, '..')) {
    $file = getenv('WORDPRESS_FOLDER') . $path;
    if (!is_file($file)) {
        http_response_code(404);
        return true;
    }
    $types = ['css' => 'text/css', 'js' => 'text/javascript', 'svg' => 'image/svg+xml', 'json' => 'application/json'];
    $type = $types[pathinfo($file, PATHINFO_EXTENSION)] ?? mime_content_type($file);
    header("Content-Type: $type");
    readfile($file);
    return true;
}
if (is_file($root . $path) || is_file(rtrim($root . $path, '/') . '/index.php') && $path !== '/') {
    return false;
}
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '/index.php';
require "$root/index.php";
