/** The end of what global-setup began. */
import { stopTestCluster } from './global-setup.js';

export default stopTestCluster;
